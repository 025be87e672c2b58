/** Reads files in HCL's JSON syntax. Pure. */
import { bodyOfObject } from './json-body.ts';
import { JsonReader } from './json-reader.ts';
import type { ParsedFile } from './parse.ts';
import { SourceText } from './source-text.ts';
import type { Body, Diagnostic } from './syntax.ts';

/**
 * Parses a file. All properties are attributes of the body, until `bodyContent` is told which of them are blocks.
 * Texts are templates. Never throws for what stands in the file.
 */
export function parseHclJson(source: string, filename: string): ParsedFile {
  const text = new SourceText(source, filename);
  const diagnostics: Diagnostic[] = [];
  const range = text.range(0, source.length);
  const value = new JsonReader(text, diagnostics).readFile();
  if (value?.kind === 'object') {
    return { body: bodyOfObject(value, diagnostics), diagnostics };
  }
  if (value?.kind === 'tuple') {
    const bodies = value.items.map((item): Body | undefined => {
      if (item.kind === 'object') {
        return bodyOfObject(item, diagnostics);
      }
      const summary = 'the file must be an object, or a list of objects';
      diagnostics.push({ severity: 'error', summary, range: item.range });
      return undefined;
    });
    const attributes = bodies.flatMap((body) => body?.attributes ?? []);
    return { body: { attributes, blocks: [], range, isJson: true }, diagnostics };
  }
  if (value !== undefined) {
    const summary = 'the file must be an object: { … }';
    diagnostics.push({ severity: 'error', summary, range: value.range });
  }
  return { body: { attributes: [], blocks: [], range, isJson: true }, diagnostics };
}
