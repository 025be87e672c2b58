// Worker: loads one library and tells how long that took; without a library it only starts and ends.

import { parseSettings } from './settings.ts';

const { library } = parseSettings(process.argv.slice(2));
const started = process.hrtime.bigint();
if (library !== '') await import(library);
const call = Number(process.hrtime.bigint() - started);
process.stdout.write(`${JSON.stringify({ call: [call] })}\n`);
