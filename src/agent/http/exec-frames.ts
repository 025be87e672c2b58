// Pure: the messages of an exec session over a WebSocket, JSON texts as Nomad's command sends and expects them. Bytes are base64.

import * as v from 'valibot';
import type { ExecExit } from '../../driver/task-session.ts';

/** As large as the kernel lets a terminal be, see ioctl_tty(2). */
const mostCells = 65_535;
const cells = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(mostCells));
const base64 = v.pipe(v.string(), v.base64());

const inputFrame = v.object({
  stdin: v.nullish(
    v.object({
      data: v.nullish(v.union([v.literal(''), base64])),
      close: v.nullish(v.boolean()),
    }),
  ),
  tty_size: v.nullish(v.object({ height: cells, width: cells })),
});

/** What a client asks for by one message: all absent in one that only keeps the connection alive, or greets. */
export interface ExecInput {
  readonly data?: Buffer;
  /** Nothing more will be typed. */
  readonly isEnd: boolean;
  readonly size?: { readonly rows: number; readonly columns: number };
}

/** Undefined for what is no such message. */
export function readInputFrame(text: string): ExecInput | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(inputFrame, value);
  // A list has all that this object must have: nothing.
  if (!parsed.success || Array.isArray(value)) return undefined;
  const { stdin, tty_size: size } = parsed.output;
  // A terminal that has no size yet says 0.
  const isSized = size != null && size.height > 0 && size.width > 0;
  return {
    isEnd: stdin?.close === true,
    ...(stdin?.data != null && { data: Buffer.from(stdin.data, 'base64') }),
    ...(isSized && { size: { rows: size.height, columns: size.width } }),
  };
}

export function outputFrame(stream: 'stdout' | 'stderr', data: Buffer): string {
  return JSON.stringify({ [stream]: { data: data.toString('base64') } });
}

export function closedFrame(stream: 'stdout' | 'stderr'): string {
  return JSON.stringify({ [stream]: { close: true } });
}

export function exitedFrame({ exitCode }: Pick<ExecExit, 'exitCode'>): string {
  return JSON.stringify({ exited: true, result: { exit_code: exitCode } });
}

export const keepAliveFrame = '{}';
