// `raw-exec doctor`: what this host gives to tasks, as text or JSON. What is tried is removed again.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { readHostReport } from '../host/read-host-report.ts';
import { doctorText } from './doctor-text.ts';
import { hasColours, printOut } from './print.ts';

const help = `
The exit code is 0, whatever is missing: each thing missing has a line of advice.

Examples:
  raw-exec doctor
  raw-exec doctor --json | jq -r .containment.level
  systemd-run --user --scope -p Delegate=yes raw-exec doctor
`;

interface DoctorFlags {
  readonly json?: true;
  readonly cgroupParent?: string;
}

export function makeDoctorCommand(): CommandUnknownOpts {
  return new Command('doctor')
    .description(
      'Tells what this host gives to tasks: cgroups, kernel features, limits, and what to do about what is missing.',
    )
    .option('--json', 'print it as JSON')
    .option('--cgroup-parent <path>', 'the group under which those of tasks are to be made')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(doctor);
}

async function doctor(flags: DoctorFlags): Promise<void> {
  const { cgroupParent } = flags;
  const report = await readHostReport(cgroupParent === undefined ? {} : { cgroupParent });
  printOut(
    flags.json === true
      ? `${JSON.stringify(report, null, 2)}\n`
      : doctorText(report, hasColours(1)),
  );
}
