// Pure: which files under native/ and beside the tests are C++ for the formatter and the analyser.

import { filesUnder } from './fingerprint.mjs';

const nativeFolders = ['native', 'test/native', 'test/fuzz', 'bench/native'];

/** Headers too: everything that has a format. */
export const formattedFiles = () => filesUnder(nativeFolders, (file) => /\.(cc|h)$/.test(file));
