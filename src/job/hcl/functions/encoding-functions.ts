/** Functions that encode and decode. Pure. */

import { JsonReader } from '../json-reader.ts';
import { SourceText } from '../source-text.ts';
import type { Diagnostic, Expression } from '../syntax.ts';
import type { Value } from '../value.ts';
import { textOf } from './arguments.ts';
import { readCsv } from './csv.ts';
import { FunctionFault, type FunctionTable } from './hcl-function.ts';
import { writeJson } from './write-json.ts';

/** By name. */
export const encodingFunctions: FunctionTable = {
  base64encode: {
    parameters: ['text'],
    call: (args) => Buffer.from(textOf(args, 0), 'utf8').toString('base64'),
  },
  base64decode: { parameters: ['text'], call: decodeBase64 },
  csvdecode: { parameters: ['text'], call: (args) => readCsv(textOf(args, 0)) },
  jsonencode: { parameters: ['value'], call: (args) => writeJson(args[0] ?? null) },
  jsondecode: { parameters: ['text'], call: decodeJson },
  urlencode: {
    parameters: ['text'],
    call: (args) =>
      encodeURIComponent(wellFormed(textOf(args, 0)))
        .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll('%20', '+'),
  },
};

function decodeBase64(args: readonly Value[]): string {
  const text = textOf(args, 0);
  const digits = text.replace(/[\r\n]/g, '');
  if (digits.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(digits)) {
    throw new FunctionFault('the text is no base64', 0);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(text, 'base64'),
    );
  } catch (error) {
    if (!(error instanceof TypeError)) {
      throw error;
    }
    throw new FunctionFault('what it holds is no text in UTF-8', 0);
  }
}

function decodeJson(args: readonly Value[]): Value {
  const diagnostics: Diagnostic[] = [];
  const source = new SourceText(textOf(args, 0), 'jsondecode');
  const expression = new JsonReader(source, diagnostics, 'plain').readFile();
  const [problem] = diagnostics;
  if (problem !== undefined || expression === undefined) {
    const { line, column } = problem?.range?.start ?? { line: 1, column: 1 };
    throw new FunctionFault(`line ${line}, column ${column}: ${problem?.summary ?? 'no value'}`, 0);
  }
  return plainValue(expression);
}

function plainValue(expression: Expression): Value {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'tuple':
      return expression.items.map(plainValue);
    case 'object':
      return new Map(
        expression.items.map(({ key, value }) => [
          key.kind === 'literal' ? String(key.value) : '',
          plainValue(value),
        ]),
      );
    default:
      throw new Error(`${expression.kind} in JSON without templates`); // The reader makes none.
  }
}

/** Half a surrogate pair is no character, and cannot be encoded. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
