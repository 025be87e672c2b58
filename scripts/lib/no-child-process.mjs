// Takes the place of node:child_process in the bundle: a library of the command line loads it for a feature that is not
// used, and it would be a third of the start-up time of `raw-exec spawn`.

export function spawn() {
  throw new Error('the command line starts processes through its own engine');
}
