// `raw-exec init`: writes a job file to begin with. What is there already is never written over.

import { open } from 'node:fs/promises';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { messageOf } from '../message-of.ts';
import { hasErrorCode } from '../system-code.ts';
import { exampleJob, shortExampleJob } from './example-job.ts';
import { failureExitCode } from './exit-codes.ts';
import { printOut } from './print.ts';
import { UserError } from './user-error.ts';

const defaultFile = 'example.nomad.hcl';

const help = `
The job has two tasks: one prepares, the other works. Comments say what each part is for;
it is the same file for raw-exec and for a Nomad cluster.

Examples:
  raw-exec init
  raw-exec init --short web.nomad.hcl
  raw-exec init - | raw-exec run -
`;

interface InitFlags {
  readonly short?: true;
}

export function makeInitCommand(): CommandUnknownOpts {
  return new Command('init')
    .description('Writes a job file to begin with.')
    .argument('[file]', 'the file to write; - for standard output', defaultFile)
    .option('--short', 'without the comments')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(init);
}

async function init(file: string, { short }: InitFlags): Promise<void> {
  const text = short === true ? shortExampleJob : exampleJob;
  if (file === '-') {
    printOut(text);
    return;
  }
  await writeNew(
    file,
    text.replaceAll(defaultFile, () => file),
  );
  printOut(`${file}: written. Run it:  raw-exec run ${file}\n`);
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
