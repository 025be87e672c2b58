// The keeper's end of a pump. What the keeper does not read at once waits here.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "../core/unique_fd.h"

namespace raw_exec {

class ControlSocket {
 public:
  explicit ControlSocket(int fd) : fd_(fd) {}

  int fd() const { return fd_.get(); }

  // One message of at most `capacity`, with its descriptor if it had just one. -EAGAIN: none now;
  // 0: the keeper is gone.
  long Receive(char* buffer, size_t capacity, UniqueFd* descriptor);

  void Send(const char* message, size_t size);
  // Whether something waits to be sent; then Flush is to be called when the socket takes it.
  bool has_unsent() const { return !unsent_.empty(); }
  void Flush();

 private:
  bool SendNow(const char* message, size_t size);

  UniqueFd fd_;
  std::deque<std::string> unsent_;
};

}  // namespace raw_exec
