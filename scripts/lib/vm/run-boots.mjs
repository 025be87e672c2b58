// Runs boots, some guests at a time, and keeps what each mode of each has told.

import { availableParallelism } from 'node:os';
import { runMachine } from './machine.mjs';
import { modeScript } from './plan.mjs';

/** One more than there are CPUs: a guest runs one test at a time, and a quarter of the time it waits for a clock. */
const guestsAtATime = availableParallelism() + 1;

/**
 * @returns a record for each kernel and mode: `{ kernel, mode, events, output, problem? }`.
 * @param listeners `onRecord` is told of each record when its mode has ended, `onEvent` of a record and each of its tests,
 * `onText` of what the guests write.
 */
export async function runBoots(boots, { limitMs, ...listeners }) {
  const waiting = [...boots];
  const records = [];
  const worker = async () => {
    for (let boot = waiting.shift(); boot !== undefined; boot = waiting.shift()) {
      records.push(...(await runBoot(boot, { limitMs, ...listeners })));
    }
  };
  await Promise.all(Array.from({ length: guestsAtATime }, worker));
  return records;
}

const nobody = () => undefined;

async function runBoot(
  { kernel, wanted },
  { limitMs, onRecord, onEvent = nobody, onText = nobody },
) {
  const records = wanted.map(({ mode }) => ({ kernel, mode, events: [], output: '' }));
  const unfinished = [...records];
  const hear = (event) => {
    if (event.type === 'mode') return finish(unfinished.shift(), event, onRecord);
    const record = records.find(({ mode }) => mode.name === event.mode);
    // Of the machine, not of a mode.
    if (record === undefined) return;
    record.events.push(event);
    onEvent(record, event);
  };
  // Both streams of the mode that is running.
  const listen = (stream) => (text) => {
    const running = unfinished[0];
    if (running !== undefined) running.output += text;
    onText(stream, text);
  };
  try {
    await runMachine({
      kernel,
      scripts: wanted.map(({ mode, command }) => ({
        mode,
        script: modeScript({ kernel, mode, command }),
      })),
      limitMs,
      onEvent: hear,
      onOutput: listen('stdout'),
      onErrors: listen('stderr'),
    });
  } catch (error) {
    for (const record of unfinished) {
      record.problem = error.message;
      onRecord(record);
    }
  }
  return records;
}

function finish(record, { code, started, ended }, onRecord) {
  record.code = code;
  record.seconds = ended - started;
  if (code !== 0) record.problem = `the mode's command ended with code ${code}`;
  onRecord(record);
}
