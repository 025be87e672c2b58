// What reads bytes that somebody else has written, each as something to throw bytes at.
#pragma once

#include <cstdint>
#include <string>

namespace raw_exec::fuzz {

// The first byte of an input: whom the rest of it is for.
enum class Decoder : uint8_t {
  connection = 0,     // the keeper's socket: a client's message, answered or the end of it
  request = 1,        // the same message, past the socket
  holder = 2,         // the holder's socket to the keeper
  holder_answer = 3,  // the keeper's socket to the holder, while a start is under way
  pump = 4,
  plan = 5,
  record = 6,
};
inline constexpr uint8_t kDecoderCount = 7;

// The second byte: what is done to the rest before it is read.
enum Option : uint8_t {
  kMended = 1,       // the frame, or the record's header, says how long it is, and is sound
  kDescriptors = 6,  // two bits: so many descriptors come with it, a plan's memfd first
  kGreeted = 8,      // hello was said before
  kExit = 16,        // the record is that of an end
  // The rest is changes to a sound message or plan, each an offset of two bytes and a byte. Most
  // other changes of a plan are found at its first offset.
  kChanges = 32,
  kSession = 64,  // the record is that of a session's start
  kTree = 128,    // or that of a start below a reaper
};

struct Input {
  uint8_t options = 0;
  std::string bytes;

  bool Has(Option option) const { return (options & option) != 0; }
  int descriptor_count() const { return (options & kDescriptors) >> 1; }
};

void FuzzConnection(const Input& input);
void FuzzRequest(const Input& input);
void FuzzHolder(const Input& input);
void FuzzHolderAnswer(const Input& input);
void FuzzPump(const Input& input);
void FuzzPlan(const Input& input);
void FuzzRecord(const Input& input);

}  // namespace raw_exec::fuzz
