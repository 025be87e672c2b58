/** The functions that expressions of a job file can call, by name. */
import { conversionFunctions } from './functions/conversion-functions.ts';
import { cryptoFunctions } from './functions/crypto-functions.ts';
import { encodingFunctions } from './functions/encoding-functions.ts';
import { fileFunctions, pathFunctions } from './functions/file-functions.ts';
import { formatFunctions } from './functions/format-functions.ts';
import type { FunctionTable, HclFunction } from './functions/hcl-function.ts';
import { listFunctions } from './functions/list-functions.ts';
import { mapFunctions } from './functions/map-functions.ts';
import { networkFunctions } from './functions/network-functions.ts';
import { numericFunctions } from './functions/numeric-functions.ts';
import { refusedFileFunctions, refusedFunctions } from './functions/refused-functions.ts';
import { regexFunctions } from './functions/regex-functions.ts';
import { textFunctions } from './functions/text-functions.ts';
import { timeFunctions } from './functions/time-functions.ts';

const tables: readonly FunctionTable[] = [
  conversionFunctions,
  cryptoFunctions,
  encodingFunctions,
  formatFunctions,
  listFunctions,
  mapFunctions,
  networkFunctions,
  numericFunctions,
  pathFunctions,
  refusedFunctions,
  regexFunctions,
  textFunctions,
  timeFunctions,
];

/** All functions; those that read files refuse to. */
export const hclFunctions: ReadonlyMap<string, HclFunction> = tableOf(refusedFileFunctions);

/**
 * All functions, with those that read files.
 *
 * @param directory where relative paths start
 */
export function functionsWithFiles(directory: string): ReadonlyMap<string, HclFunction> {
  return tableOf(fileFunctions(directory));
}

function tableOf(files: FunctionTable): ReadonlyMap<string, HclFunction> {
  return new Map([...tables, files].flatMap((table) => Object.entries(table)));
}
