// npm run check: what a change should pass before it is proposed; .ci/run does more.

import { main } from './lib/main.mjs';
import { inRoot } from './lib/paths.mjs';
import { runChecks } from './lib/report.mjs';
import { runNode } from './lib/run-command.mjs';

const script = (name) => [name, () => runNode(inRoot('scripts', `${name}.mjs`), [])];

await main(() => runChecks(['lint', 'test', 'test-native'].map(script)));
