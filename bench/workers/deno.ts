// Worker: Deno.Command, run by Deno.

import process from 'node:process';
import { measure } from './measure.ts';

interface DenoChild {
  readonly status: Promise<{ readonly code: number }>;
  readonly stdout: AsyncIterable<Uint8Array>;
  kill(signal: string): void;
}

declare const Deno: {
  Command: new (file: string, options: object) => { spawn(): DenoChild };
};

async function readAll(child: DenoChild): Promise<[number, number]> {
  let bytes = 0;
  for await (const chunk of child.stdout) bytes += chunk.length;
  return [(await child.status).code, bytes];
}

await measure(process.argv.slice(2), (settings) => {
  const { target, targetArgument, uid } = settings;
  const isPipe = settings.mode === 'pipe';
  const options = {
    args: targetArgument === '' ? [] : [targetArgument],
    stdin: 'null',
    stdout: isPipe ? 'piped' : 'null',
    stderr: 'null',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  };
  return {
    start(seen) {
      const child = new Deno.Command(target, options).spawn();
      if (isPipe) void readAll(child).then(([code, bytes]) => seen(code, bytes));
      else void child.status.then(({ code }) => seen(code, 0));
    },
    startSleeper() {
      const quiet = { stdin: 'null', stdout: 'null', stderr: 'null' };
      const child = new Deno.Command(settings.sleeper, quiet).spawn();
      return () => child.kill('SIGKILL');
    },
  };
});
