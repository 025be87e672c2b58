#include "settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct TextKey {
  const char* name;
  size_t offset;
};

#define TEXT(key, member) \
  { key, offsetof(struct Settings, member) }
static const struct TextKey kTexts[] = {
    TEXT("mode", mode),       TEXT("target", target), TEXT("targetArgument", target_argument),
    TEXT("sleeper", sleeper), TEXT("cgroup", cgroup), TEXT("join", join),
};
static const struct TextKey kNumbers[] = {
    TEXT("iterations", iterations),   TEXT("warmup", warmup),     TEXT("maxMs", max_ms),
    TEXT("concurrency", concurrency), TEXT("fds", fds),           TEXT("children", children),
    TEXT("memoryMb", memory_mb),      TEXT("promises", promises),
};
#undef TEXT

static size_t Find(const struct TextKey* keys, size_t count, const char* name, size_t length) {
  for (size_t i = 0; i < count; ++i) {
    if (strlen(keys[i].name) == length && strncmp(keys[i].name, name, length) == 0) return i;
  }
  return count;
}

struct Settings ParseSettings(int argc, char** argv) {
  struct Settings settings = {
      .mode = "latency", .iterations = 100, .max_ms = 1000, .concurrency = 1};
  enum {
    kTextCount = sizeof kTexts / sizeof *kTexts,
    kNumberCount = sizeof kNumbers / sizeof *kNumbers
  };
  for (int i = 1; i < argc; ++i) {
    const char* equals = strchr(argv[i], '=');
    const size_t length = equals == NULL ? 0 : (size_t)(equals - argv[i]);
    const size_t text = Find(kTexts, kTextCount, argv[i], length);
    const size_t number = Find(kNumbers, kNumberCount, argv[i], length);
    if (text < kTextCount) {
      *(const char**)((char*)&settings + kTexts[text].offset) = equals + 1;
    } else if (number < kNumberCount) {
      *(long*)((char*)&settings + kNumbers[number].offset) = atol(equals + 1);
    } else {
      fprintf(stderr, "the floor has no setting %s\n", argv[i]);
      exit(2);
    }
  }
  return settings;
}
