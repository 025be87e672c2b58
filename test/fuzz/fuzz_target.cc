// The entry of libFuzzer: takes an input apart into whom it is for and what it says.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "../../native/core/wire/client_messages.h"
#include "../../native/core/wire/message.h"
#include "decoders.h"
#include "seed_plan.h"
#include "seed_start.h"

namespace raw_exec::fuzz {
namespace {

// A message whose frame says another size is refused at once, and nearly every change makes one.
void MendFrame(Input* input) {
  if (input->bytes.size() < sizeof(wire::Frame)) input->bytes.resize(sizeof(wire::Frame));
  const uint32_t size = static_cast<uint32_t>(input->bytes.size());
  std::memcpy(input->bytes.data() + offsetof(wire::Frame, size), &size, sizeof(size));
  std::memset(input->bytes.data() + offsetof(wire::Frame, unused), 0, sizeof(uint16_t));
}

// What changes are made to; nullptr where there is none.
const std::string* BaseOf(Decoder decoder) {
  static const std::string plan = SeedPlan();
  static const std::string start = FullStart();
  static const std::string order = HolderStartSeed();
  switch (decoder) {
    case Decoder::plan:
      return &plan;
    case Decoder::connection:
    case Decoder::request:
      return &start;
    case Decoder::holder:
      return &order;
    default:
      return nullptr;
  }
}

void ApplyChanges(const std::string& base, Input* input) {
  std::string changed = base;
  constexpr size_t kChange = 3;
  for (size_t at = 0; at + kChange <= input->bytes.size(); at += kChange) {
    uint16_t offset = 0;
    std::memcpy(&offset, input->bytes.data() + at, sizeof(offset));
    changed[offset % changed.size()] = input->bytes[at + 2];
  }
  input->bytes = std::move(changed);
}

// The keeper would run the program that it names.
bool IsUpgrade(Decoder decoder, const Input& input) {
  if (decoder != Decoder::connection && decoder != Decoder::request) return false;
  uint16_t kind = 0;
  constexpr size_t kKind = offsetof(wire::Frame, kind);
  if (input.bytes.size() < kKind + sizeof(kind)) return false;
  std::memcpy(&kind, input.bytes.data() + kKind, sizeof(kind));
  return kind == static_cast<uint16_t>(wire::ClientKind::upgrade);
}

void Run(Decoder decoder, Input* input) {
  const std::string* base = BaseOf(decoder);
  if (base != nullptr && input->Has(kChanges)) ApplyChanges(*base, input);
  const bool is_message = decoder != Decoder::plan && decoder != Decoder::record;
  if (is_message && input->Has(kMended)) MendFrame(input);
  if (IsUpgrade(decoder, *input)) return;
  switch (decoder) {
    case Decoder::connection:
      return FuzzConnection(*input);
    case Decoder::request:
      return FuzzRequest(*input);
    case Decoder::holder:
      return FuzzHolder(*input);
    case Decoder::holder_answer:
      return FuzzHolderAnswer(*input);
    case Decoder::pump:
      return FuzzPump(*input);
    case Decoder::plan:
      return FuzzPlan(*input);
    case Decoder::record:
      return FuzzRecord(*input);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kHead = 2;
  if (size < kHead) return -1;
  Input input;
  input.options = data[1];
  input.bytes.assign(reinterpret_cast<const char*>(data) + kHead, size - kHead);
  Run(static_cast<Decoder>(data[0] % kDecoderCount), &input);
  return 0;
}

}  // namespace raw_exec::fuzz
