// Pure: how the sanitizers behave in a run of ours.

import { inRoot } from './paths.mjs';

/** Any finding ends the process that it is found in, so that no test passes over it. */
export const sanitizerOptions = {
  ASAN_OPTIONS: [
    'detect_leaks=1',
    'halt_on_error=1',
    'strict_string_checks=1',
    'detect_stack_use_after_return=1',
    // Freed memory is kept for finding late uses of it: little of it, for a test watches the memory of 20,000 starts.
    'quarantine_size_mb=4',
    'thread_local_quarantine_size_kb=64',
  ].join(':'),
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  LSAN_OPTIONS: `suppressions=${inRoot('scripts/lib/lsan.supp')}:print_suppressions=0`,
};
