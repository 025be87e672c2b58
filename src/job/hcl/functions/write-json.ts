/** Writes values as JSON. Pure. */
import { formatNumber } from '../number.ts';
import { isListValue, isMapValue, isNumberValue, sortedEntries, type Value } from '../value.ts';

/** JSON without white space, and with the keys of objects in their order. */
export function writeJson(value: Value): string {
  if (isListValue(value)) {
    return `[${value.map(writeJson).join(',')}]`;
  }
  if (isMapValue(value)) {
    const items = sortedEntries(value).map(([key, item]) => `${writeText(key)}:${writeJson(item)}`);
    return `{${items.join(',')}}`;
  }
  if (typeof value === 'string') {
    return writeText(value);
  }
  return isNumberValue(value) ? formatNumber(value) : String(value);
}

/** As Go does, characters that mean something in HTML are escaped. */
function writeText(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
