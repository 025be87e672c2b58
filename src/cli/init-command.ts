// `raw-exec init`: writes a file to begin with. What is there already is never written over.

import { open } from 'node:fs/promises';
import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { messageOf } from '../message-of.ts';
import { hasErrorCode } from '../system-code.ts';
import { exampleJob, withoutComments } from './example-job.ts';
import { exampleAgentConfig, exampleService } from './example-service.ts';
import { failureExitCode } from './exit-codes.ts';
import { printOut } from './print.ts';
import { UserError } from './user-error.ts';

const help = `
The job has two tasks: one prepares, the other works. Comments say what each part is for;
it is the same file for raw-exec and for a Nomad cluster.

Examples:
  raw-exec init
  raw-exec init --short web.nomad.hcl
  raw-exec init - | raw-exec run -
  raw-exec init --service && raw-exec init --agent
`;

interface Example {
  readonly text: string;
  /** Where it is written unless a file is named; the text says this name, too. */
  readonly file: string;
  readonly nextStep: string;
}

const job: Example = { text: exampleJob, file: 'example.nomad.hcl', nextStep: 'raw-exec run' };
const service: Example = {
  text: exampleService,
  file: 'service.nomad.hcl',
  nextStep: 'raw-exec run',
};
const agent: Example = {
  text: exampleAgentConfig,
  file: 'agent.hcl',
  nextStep: 'raw-exec agent --config',
};

interface InitFlags {
  readonly short?: true;
  readonly service?: true;
  readonly agent?: true;
}

export function makeInitCommand(): CommandUnknownOpts {
  return new Command('init')
    .description('Writes a job file to begin with, or the configuration of an agent.')
    .argument('[file]', 'the file to write; - for standard output')
    .option('--short', 'without the comments')
    .addOption(new Option('--service', 'a job that runs for ever').conflicts('agent'))
    .option('--agent', 'the configuration of an agent in place of a job')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(init);
}

async function init(wanted: string | undefined, flags: InitFlags): Promise<void> {
  const example = flags.agent === true ? agent : flags.service === true ? service : job;
  const text = flags.short === true ? withoutComments(example.text) : example.text;
  if (wanted === '-') {
    printOut(text);
    return;
  }
  const file = wanted ?? example.file;
  await writeNew(
    file,
    text.replaceAll(example.file, () => file),
  );
  printOut(`${file}: written. Run it:  ${example.nextStep} ${file}\n`);
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (error) {
    const isThere = hasErrorCode(error, ['EEXIST']);
    const why = messageOf(error);
    const what = isThere
      ? `${path} is there already, and stays as it is. Name another file, or remove it`
      : `cannot write ${path}: ${why}. Name another file`;
    throw new UserError(`${what}.`, failureExitCode, error);
  }
}
