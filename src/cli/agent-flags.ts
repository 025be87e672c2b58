// The flags by which an agent is found, for all commands that ask one.

import { Option } from '@commander-js/extra-typings';

export interface AgentFlags {
  readonly socket?: string;
}

export const socketOption = () =>
  new Option('--socket <path>', 'the socket of the agent [RAW_EXEC_SOCKET]');

export const jsonOption = () => new Option('--json', 'print the API’s JSON');
