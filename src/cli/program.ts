// The frame of all commands: picks one, and tells failures in one way.

import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { type CommandEntry, commandEntries } from './commands.ts';
import { spawnExitCode, usageExitCode } from './exit-codes.ts';
import { withTwoDashes } from './nomad-options.ts';
import { printError, printOut } from './print.ts';
import { programHelp } from './program-help.ts';
import { tellError } from './tell-error.ts';
import { version } from './version.ts';

/** Runs the command that `args` (without node and script) ask for; sets the exit code. Never rejects for a user's fault. */
export async function runProgram(args: readonly string[]): Promise<void> {
  const wanted = wantedCommand(args);
  try {
    const program = await makeProgram(wanted);
    // The parser answers the help of a command that there is not by that of all, without saying so.
    const asked = wanted === undefined && args[0] === 'help' ? args.slice(1) : args;
    const words = wanted?.takesNomadOptions === true ? withTwoDashes(asked) : asked;
    await program.parseAsync(words.length === 0 ? args : words, { from: 'user' });
  } catch (error) {
    process.exitCode =
      error instanceof CommanderError
        ? usageResult(error, wanted)
        : tellError(error, wanted?.name ?? '');
  }
}

/** The first word that names a command; options of the program itself may stand before it. */
function wantedCommand(args: readonly string[]): CommandEntry | undefined {
  const words = args.filter((word) => !word.startsWith('-') && word !== 'help');
  return commandEntries.find((entry) => entry.name === words[0]);
}

/** Help and version end well; everything else that the parser itself refuses is wrong usage. */
function usageResult(error: CommanderError, wanted: CommandEntry | undefined): number {
  if (error.exitCode === 0) return 0;
  return wanted?.name === 'spawn' ? spawnExitCode.failure : usageExitCode;
}

async function makeProgram(wanted: CommandEntry | undefined): Promise<CommandUnknownOpts> {
  const program = new Command('raw-exec')
    .description('Runs programs and Nomad job files on this host.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText('after', programHelp);
  for (const entry of commandEntries) {
    const command = entry === wanted ? await entry.load() : new Command(entry.name);
    command.summary(entry.summary).copyInheritedSettings(program);
    configureErrors(command);
    for (const nested of command.commands) {
      nested.copyInheritedSettings(command);
      configureErrors(nested);
    }
    program.addCommand(command);
  }
  configureErrors(program);
  return program;
}

/** `error: unknown option '--foo'\n(Did you mean --for?)` of the parser becomes one paragraph that says whom to ask. */
function configureErrors(command: CommandUnknownOpts): void {
  command.configureOutput({
    writeOut: printOut,
    writeErr: printError,
    outputError: (text, write) => {
      const sentence = text
        .trim()
        .replace(/^error: /, '')
        .replace(/\s*\n\(/, ' (')
        .replace(/\.$/, '');
      const name = fullName(command);
      write(`${name}: ${sentence}. See ${name} --help.\n`);
    },
  });
}

/** `raw-exec plugin install` */
function fullName(command: CommandUnknownOpts): string {
  const { parent } = command;
  return parent === null ? command.name() : `${fullName(parent)} ${command.name()}`;
}
