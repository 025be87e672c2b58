#include "channel.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "../core/wire/message.h"

namespace raw_exec::keeper {
namespace {

constexpr int kScmMaxFds = 253;     // SCM_MAX_FD: the kernel lets no message carry more
constexpr int kReadsPerEvent = 16;  // then it is another connection's turn
// From here on nothing more is read from who does not read either.
constexpr size_t kPauseAt = size_t{128} * 1024;
constexpr uint64_t kRetryNs = 5'000'000;

// One for all: the keeper has one thread, and a message is dealt with before the next is read.
struct ReadBuffer {
  alignas(8) char bytes[wire::kMaxMessage + 1];
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kScmMaxFds)];
};

ReadBuffer& Buffer() {
  static const std::unique_ptr<ReadBuffer> buffer = std::make_unique_for_overwrite<ReadBuffer>();
  return *buffer;
}

std::vector<UniqueFd> TakeDescriptors(msghdr* message) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* part = CMSG_FIRSTHDR(message); part != nullptr; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(fd));
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

int Channel::Open(EventLoop* loop, UniqueFd socket, size_t queue_limit, OnMessage on_message,
                  OnClosed on_closed) {
  loop_ = loop;
  socket_ = std::move(socket);
  queue_limit_ = queue_limit;
  on_message_ = std::move(on_message);
  on_closed_ = std::move(on_closed);
  queue_.clear();
  queued_bytes_ = 0;
  is_closing_ = has_failed_ = false;
  const int error =
      watch_.Start(loop, socket_.get(), EPOLLIN, [this](uint32_t events) { OnEvents(events); });
  if (error != 0) socket_.Reset();
  return error;
}

void Channel::Close() {
  watch_.Stop();
  retry_.Cancel();
  socket_.Reset();
  queue_.clear();
  queued_bytes_ = 0;
}

void Channel::CloseWhenSent() {
  is_closing_ = true;
  if (queue_.empty()) {
    Fail();
  } else {
    Rearm();
  }
}

// The closing is told later: who sends is in the midst of something.
void Channel::Fail() {
  if (has_failed_ || !socket_) return;
  has_failed_ = true;
  watch_.Stop();
  loop_->Defer([this, alive = std::weak_ptr<int>(alive_)] {
    if (alive.expired() || !socket_) return;
    Close();
    const OnClosed closed = std::move(on_closed_);  // it may destroy this channel
    closed();
  });
}

void Channel::Rearm() {
  if (has_failed_ || !socket_) return;
  uint32_t events = 0;
  if (!is_closing_ && queued_bytes_ < kPauseAt) events |= EPOLLIN;
  if (!queue_.empty() && !retry_.is_set()) events |= EPOLLOUT;
  watch_.Change(events);
}

Channel::Sent Channel::SendNow(std::string_view message, const std::vector<UniqueFd>& fds) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * wire::kMaxDescriptors)];
  iovec part = {const_cast<char*>(message.data()), message.size()};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!fds.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    for (size_t i = 0; i < fds.size(); ++i) {
      const int fd = fds[i].get();
      std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &fd, sizeof(fd));
    }
  }
  for (;;) {
    if (sendmsg(socket_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return Sent::yes;
    if (errno == EAGAIN) return Sent::later;
    // ETOOMANYREFS: too many descriptors are under way; those of earlier messages are taken first.
    // No event tells the end of these.
    if (errno == ENOBUFS || errno == ENOMEM || errno == ETOOMANYREFS) {
      if (!retry_.is_set()) retry_.Set(loop_, kRetryNs, [this] { Flush(); });
      return Sent::later;
    }
    if (errno != EINTR) return Sent::never;
  }
}

void Channel::Send(std::string_view message, std::vector<UniqueFd> fds) {
  if (!socket_ || has_failed_ || is_closing_) return;
  const Sent sent = queue_.empty() ? SendNow(message, fds) : Sent::later;
  if (sent == Sent::yes) return;
  if (sent == Sent::never || queued_bytes_ + message.size() > queue_limit_) {
    Fail();
    return;
  }
  queue_.push_back({std::string(message), std::move(fds)});
  queued_bytes_ += message.size();
  Rearm();
}

void Channel::Flush() {
  while (!queue_.empty()) {
    const Sent sent = SendNow(queue_.front().bytes, queue_.front().fds);
    if (sent == Sent::later) break;
    if (sent == Sent::never) {
      Fail();
      return;
    }
    queued_bytes_ -= queue_.front().bytes.size();
    queue_.pop_front();
  }
  if (is_closing_ && queue_.empty()) {
    Fail();
  } else {
    Rearm();
  }
}

// False when there is nothing to be read, now or ever.
bool Channel::ReadOne() {
  ReadBuffer& buffer = Buffer();
  iovec part = {buffer.bytes, sizeof(buffer.bytes)};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = buffer.control;
  header.msg_controllen = sizeof(buffer.control);
  const ssize_t got = recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  Incoming message = {buffer.bytes, got < 0 ? 0 : static_cast<size_t>(got), {}, false, false};
  if (got >= 0) message.fds = TakeDescriptors(&header);
  // Nothing tells an empty message from the end; none of ours is empty.
  if (got <= 0) {
    Fail();
    return false;
  }
  message.is_truncated = message.size > wire::kMaxMessage || (header.msg_flags & MSG_TRUNC) != 0;
  message.lacks_descriptors = (header.msg_flags & MSG_CTRUNC) != 0;
  on_message_(&message);
  return true;
}

void Channel::Drain() {
  while (socket_ && !has_failed_ && ReadOne()) continue;
}

void Channel::OnEvents(uint32_t events) {
  if ((events & EPOLLOUT) != 0) Flush();
  if (is_closing_) {
    // Nobody is there any more to take what is queued.
    if ((events & (EPOLLHUP | EPOLLERR)) != 0) Fail();
    return;
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
  // A reader that we have paused for is gone: what it has sent before is of no use to it.
  if ((events & (EPOLLHUP | EPOLLERR)) != 0 && (events & EPOLLIN) == 0) {
    Fail();
    return;
  }
  for (int i = 0; i < kReadsPerEvent; ++i) {
    if (!socket_ || has_failed_ || is_closing_ || queued_bytes_ >= kPauseAt || !ReadOne()) return;
  }
}

}  // namespace raw_exec::keeper
