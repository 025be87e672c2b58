// Which signals this process ignores: what a child would inherit.
#pragma once

#include <cstdint>

namespace raw_exec {

// Bit n - 1 for signal n. The kernel is asked signal by signal, which costs as much as setting each
// in the child (6 of a call's 46 microseconds), so an answer is kept: for 1 ms for the standard
// signals, for 1 s for the real-time ones. In this process only native code can ignore a signal
// (Node never sets SIG_IGN after its start), and would have to do so within that time before a
// start to be missed. docs/decisions/ignored-signals.md
uint64_t IgnoredSignals(uint64_t now_ns) noexcept;

}  // namespace raw_exec
