#include "stats_text.h"

#include <cmath>
#include <limits>

namespace raw_exec {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Takes the text up to `separator` off the front; all of it when there is none.
std::string_view Take(std::string_view* text, char separator) {
  const size_t end = text->find(separator);
  const std::string_view taken = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  return taken;
}

// Digits with at most one point. Above 2^53 the last digits are lost: no counter of ours gets
// there.
double Number(std::string_view text) {
  if (text.empty()) return kNone;
  double value = 0;
  double unit = 0;
  for (const char c : text) {
    if (c == '.' && unit == 0) {
      unit = 1;
    } else if (c >= '0' && c <= '9') {
      value = value * 10 + (c - '0');
      unit *= 10;
    } else {
      return kNone;
    }
  }
  return unit > 0 ? value / unit : value;
}

void Add(double* cell, double value) { *cell = std::isnan(*cell) ? value : *cell + value; }

void AddKey(std::string_view name, std::string_view value, std::span<const StatsKey> keys,
            double* row) {
  for (const StatsKey& key : keys) {
    if (key.name == name) Add(&row[key.column], Number(value) * key.scale);
  }
}

// A group that no device has served has an empty io.stat, and none of its counters is unknown.
void StartFromZero(std::span<const StatsKey> keys, double* row) {
  for (const StatsKey& key : keys) row[key.column] = 0;
}

}  // namespace

double ParseNumber(std::string_view text) { return Number(Take(&text, '\n')); }

void ParseKeyed(std::string_view text, std::span<const StatsKey> keys, double* row) {
  while (!text.empty()) {
    std::string_view line = Take(&text, '\n');
    const std::string_view name = Take(&line, ' ');
    AddKey(name, line, keys, row);
  }
}

void ParseIoStat(std::string_view text, std::span<const StatsKey> keys, double* row) {
  StartFromZero(keys, row);
  while (!text.empty()) {
    std::string_view line = Take(&text, '\n');
    Take(&line, ' ');
    while (!line.empty()) {
      std::string_view pair = Take(&line, ' ');
      const std::string_view name = Take(&pair, '=');
      AddKey(name, pair, keys, row);
    }
  }
}

void ParseBlkio(std::string_view text, std::span<const StatsKey> keys, double* row) {
  StartFromZero(keys, row);
  while (!text.empty()) {
    std::string_view line = Take(&text, '\n');
    Take(&line, ' ');
    const std::string_view name = Take(&line, ' ');
    AddKey(name, line, keys, row);
  }
}

void ParsePressure(std::string_view text, double* first_column) {
  constexpr size_t kValues = 4;
  for (size_t kind = 0; kind < 2 && !text.empty(); ++kind) {
    std::string_view line = Take(&text, '\n');
    Take(&line, ' ');
    for (size_t value = 0; value < kValues; ++value) {
      std::string_view pair = Take(&line, ' ');
      Take(&pair, '=');
      first_column[kind * kValues + value] = Number(pair);
    }
  }
}

}  // namespace raw_exec
