// Owner of build/js: every source and test as JavaScript, file by file and without looking at types, which is the work of
// `npm run lint`. So a change costs the time of the files that changed, not that of the whole program.

import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { filesUnder, fingerprint } from './fingerprint.mjs';
import { inRoot } from './paths.mjs';

const outputFolder = 'build/js';
// The compiler's own manifest stands for its version.
const settings = ['tsconfig.json', 'tsconfig.test.json', 'node_modules/typescript/package.json'];
/** What build/js was made of: names and hashes of contents. */
const manifestFile = inRoot(outputFolder, 'sources.json');

const outputOf = (file) => inRoot(outputFolder, file.replace(/\.ts$/, '.js'));

function compilerOptions(ts) {
  const path = inRoot('tsconfig.test.json');
  const { config, error } = ts.readConfigFile(path, ts.sys.readFile);
  if (error !== undefined)
    throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  const { options, errors } = ts.parseJsonConfigFileContent(config, ts.sys, inRoot('.'));
  if (errors[0]) throw new Error(ts.flattenDiagnosticMessageText(errors[0].messageText, '\n'));
  // One file alone does not tell that the package's modules are ES modules.
  return {
    ...options,
    module: ts.ModuleKind.ES2022,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
}

function transpile(ts, options, file) {
  const source = inRoot(file);
  const { diagnostics, outputText, sourceMapText } = ts.transpileModule(
    readFileSync(source, 'utf8'),
    { compilerOptions: options, fileName: source, reportDiagnostics: true },
  );
  if (diagnostics?.length > 0) {
    const host = {
      getCanonicalFileName: (name) => name,
      getCurrentDirectory: () => inRoot('.'),
      getNewLine: () => '\n',
    };
    throw new Error(ts.formatDiagnostics(diagnostics, host));
  }
  const output = outputOf(file);
  mkdirSync(dirname(output), { recursive: true });
  const map = { ...JSON.parse(sourceMapText), sources: [source] };
  writeFileSync(`${output}.map`, JSON.stringify(map));
  writeFileSync(output, outputText);
}

function readManifest() {
  if (!existsSync(manifestFile)) return {};
  return JSON.parse(readFileSync(manifestFile, 'utf8'));
}

/** Makes what is new, and removes what has no source any more. */
export function transpileSources(folders) {
  const files = filesUnder(folders, (file) => file.endsWith('.ts'));
  const wanted = new Set(files.map(outputOf));
  for (const made of filesUnder([outputFolder], (file) => file.endsWith('.js'))) {
    if (wanted.has(inRoot(made))) continue;
    rmSync(inRoot(made));
    rmSync(inRoot(`${made}.map`), { force: true });
  }
  const last = readManifest();
  const now = Object.fromEntries(files.map((file) => [file, fingerprint([file, ...settings])]));
  const stale = files.filter((file) => last[file] !== now[file] || !existsSync(outputOf(file)));
  if (stale.length === 0) return;
  // Loaded only when there is something to do: it takes a third of a second.
  const ts = createRequire(import.meta.url)('typescript');
  const options = compilerOptions(ts);
  for (const file of stale) transpile(ts, options, file);
  // Never half of it, where the disk is full or somebody interrupts.
  writeFileSync(`${manifestFile}.part`, JSON.stringify(now));
  renameSync(`${manifestFile}.part`, manifestFile);
}
