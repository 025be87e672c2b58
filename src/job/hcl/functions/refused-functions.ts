/** Functions that Nomad has and this does not: each says so, and what to do instead. Pure. */
import { FunctionFault, type FunctionTable, type HclFunction } from './hcl-function.ts';

function refused(parameters: readonly string[], message: string): HclFunction {
  return {
    parameters,
    rest: 'more',
    call: () => {
      throw new FunctionFault(message);
    },
  };
}

const noFiles = 'files cannot be read here: expressions of this file may not read files';

/** By name. */
export const refusedFunctions: FunctionTable = {
  bcrypt: refused(['text'], 'not supported: make the hash beforehand, and pass it in a variable'),
  rsadecrypt: refused(
    ['text', 'key'],
    'not supported: decrypt beforehand, and pass it in a variable',
  ),
  yamldecode: refused(['text'], 'not supported: use jsondecode'),
  yamlencode: refused(['value'], 'not supported: use jsonencode, for JSON is YAML, too'),
};

/** In the place of functions that read files, where these are switched off. */
export const refusedFileFunctions: FunctionTable = {
  abspath: refused(['path'], noFiles),
  file: refused(['path'], noFiles),
  filebase64: refused(['path'], noFiles),
  fileexists: refused(['path'], noFiles),
  fileset: refused(['directory', 'pattern'], noFiles),
  pathexpand: refused(['path'], noFiles),
};
