// `raw-exec agent`: looks after jobs on this host until it is told to end.

import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';

const help = `
It answers on a unix socket alone, with the paths and the JSON of Nomad's HTTP API. Its
tasks live in a keeper: they go on when the agent ends or is killed, and the next one takes
them over. SIGTERM and Ctrl-C end it, SIGTERM also its tasks where stop_tasks_on_exit says so. SIGHUP
has it read its configuration again.

The driver is off until the configuration enables it:

  plugin "raw_exec" {
    config {
      enabled = true
    }
  }

Other settings of the file: state_dir, socket, socket_mode ("0600"), cgroup_parent,
stop_tasks_on_exit (false), env_denylist, reserved { … }, log_level ("info"), log_json
(false), and when it removes what has ended: see docs/agent.md. Without them root has
/var/lib/raw-exec and /run/raw-exec/agent.sock, others their own directories below
XDG_STATE_HOME and XDG_RUNTIME_DIR.

Exit codes: 0 ended as asked, 1 could not start, 2 the command line is wrong.

Example:
  raw-exec agent --config agent.hcl
`;

export function makeAgentCommand(): CommandUnknownOpts {
  return new Command('agent')
    .description('Looks after jobs on this host: runs, restarts, logs and recovers them.')
    .option('--config <file>', 'its configuration, HCL or JSON')
    .option('--state-dir <dir>', 'where its state is [RAW_EXEC_STATE_DIR]')
    .option('--socket <path>', 'where it answers [RAW_EXEC_SOCKET]')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', help)
    .action(async (flags) => {
      const { runAgent } = await import('./run-agent.ts');
      await runAgent(flags);
    });
}
