// Pure: what a client asks for when it wants to run a command beside a task: the path and query of its upgrade request.

import * as v from 'valibot';
import { refuse } from './respond.ts';

export interface ExecRequest {
  readonly allocationId: string;
  /** Absent: the only one there is. */
  readonly task: string | undefined;
  readonly command: readonly [string, ...string[]];
  readonly isTerminal: boolean;
}

const path = /^\/v1\/client\/allocation\/([^/]+)\/exec$/;
const commandOf = v.tupleWithRest([v.pipe(v.string(), v.nonEmpty())], v.string());

/**
 * Undefined for the path of anything else.
 *
 * @throws HTTPException with what is wrong
 */
export function readExecRequest(url: string): ExecRequest | undefined {
  const { pathname, searchParams } = new URL(url, 'http://agent');
  const [, allocationId] = path.exec(pathname) ?? [];
  if (allocationId === undefined) return undefined;
  const terminal = searchParams.get('tty') ?? 'false';
  if (terminal !== 'true' && terminal !== 'false')
    throw refuse(400, `tty must be true or false, and is ${JSON.stringify(terminal)}`);
  return {
    allocationId,
    task: searchParams.get('task') || undefined,
    command: readCommand(searchParams.get('command')),
    isTerminal: terminal === 'true',
  };
}

function readCommand(text: string | null): readonly [string, ...string[]] {
  let value: unknown;
  try {
    value = JSON.parse(text ?? '');
  } catch {
    value = undefined;
  }
  const parsed = v.safeParse(commandOf, value);
  if (parsed.success) return parsed.output;
  throw refuse(400, 'command must be a JSON list of texts: the program, and its arguments');
}
