// Pure: how the sanitizers behave in a run of ours.

import { inRoot } from './paths.mjs';

/** Any finding ends the process that it is found in, so that no test passes over it. */
export const sanitizerOptions = {
  ASAN_OPTIONS:
    'detect_leaks=1:halt_on_error=1:strict_string_checks=1:detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  LSAN_OPTIONS: `suppressions=${inRoot('scripts/lib/lsan.supp')}:print_suppressions=0`,
};
