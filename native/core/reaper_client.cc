#include "reaper_client.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "kernel_features.h"
#include "plan_handover.h"
#include "reaper_wire.h"
#include "sys.h"
#include "wait.h"

namespace raw_exec {
namespace {

// Beyond the deadline of the start itself: the reaper kills what has missed that, and tells.
constexpr int kAnswerGraceMs = 5000;
constexpr int kWakeMs = 50;
constexpr int kReaperStdio = kReaperReport + 1;

char reaper_path[4096] = {};

struct Ends {
  UniqueFd ours;
  UniqueFd theirs;
  explicit operator bool() const { return ours && theirs; }
};

Ends MakePipe(bool we_read) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return {};
  Ends ends = {AboveStdio(UniqueFd(fds[we_read ? 0 : 1])),
               AboveStdio(UniqueFd(fds[we_read ? 1 : 0]))};
  return ends;
}

Ends MakeSocketPair() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) return {};
  return {AboveStdio(UniqueFd(fds[0])), AboveStdio(UniqueFd(fds[1]))};
}

SpawnResult StartReaper(SpawnContext* context, int control, int exits, int report,
                        int32_t deadline_ms) {
  char name[] = "raw-exec-reaper";
  char* const argv[] = {name, nullptr};
  char* const envp[] = {nullptr};
  StdioSlot stdio[kReaperStdio] = {};
  for (StdioSlot& slot : stdio) slot.source = StdioSource::closed;
  stdio[kReaperSocket] = {StdioSource::descriptor, control, nullptr, 0, 0};
  stdio[kReaperExits] = {StdioSource::descriptor, exits, nullptr, 0, 0};
  stdio[kReaperReport] = {StdioSource::descriptor, report, nullptr, 0, 0};
  SpawnRequest request;
  request.plan.file = reaper_path;
  request.plan.argv = argv;
  request.plan.envp = envp;
  request.plan.stdio = stdio;
  request.plan.stdio_count = kReaperStdio;
  request.plan.process_group = -1;
  request.plan.new_session = true;
  request.plan.umask = -1;
  request.exec_deadline_ms = deadline_ms;
  return context->SpawnHere(request);
}

bool SendHello(int control, const SpawnRequest& request) {
  const ReaperHello hello = {kWireVersion, getpid(), request.reaped->kills_when_alone ? 1 : 0,
                             request.exec_deadline_ms};
  return send(control, &hello, sizeof(hello), MSG_NOSIGNAL) == sizeof(hello);
}

// The program runs before its reaper has told so, and may stop it at once: it is woken while its
// answer is awaited.
bool AwaitAnswer(int control, int deadline_ms, const ReapedTask& task) {
  const uint64_t wait_ns = static_cast<uint64_t>(deadline_ms + kAnswerGraceMs) * 1'000'000;
  const uint64_t until_ns = MonotonicNs() + wait_ns;
  pollfd entry = {control, POLLIN, 0};
  for (;;) {
    const int ready = poll(&entry, 1, kWakeMs);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
    if (MonotonicNs() > until_ns) return false;
    SendSignal(task.reaper_pid, task.reaper_exit_fd.get(), task.reaper_is_pidfd, SIGCONT);
  }
}

bool ReceiveStarted(int control, int deadline_ms, ReaperStarted* started, ReapedTask* task) {
  if (!AwaitAnswer(control, deadline_ms, *task)) return false;
  iovec part = {started, sizeof(*started)};
  alignas(cmsghdr) char rights_buffer[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = rights_buffer;
  message.msg_controllen = sizeof(rights_buffer);
  const ssize_t got = recvmsg(control, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got != static_cast<ssize_t>(sizeof(*started))) return false;
  const cmsghdr* rights = CMSG_FIRSTHDR(&message);
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(rights), sizeof(fd));
    task->pidfd = AboveStdio(UniqueFd(fd));
  }
  return true;
}

void GiveUp(ReapedTask* task, SpawnResult* result, Step step, int error) {
  result->FailAt(step, error);
  SendSignal(task->reaper_pid, task->reaper_exit_fd.get(), task->reaper_is_pidfd, SIGKILL);
  ExitInfo ignored;
  Reap(task->reaper_pid, &ignored);
  task->reaper_pid = -1;
}

}  // namespace

void SetReaperPath(const char* path) {
  const size_t size = std::strlen(path) + 1;
  if (size <= sizeof(reaper_path)) std::memcpy(reaper_path, path, size);
}

void SpawnReaped(SpawnContext* context, const SpawnRequest& request, int cgroup_fd,
                 uint32_t features, SpawnResult* result) {
  ReapedTask* task = request.reaped;
  Ends control = MakeSocketPair();
  Ends exits = MakePipe(true);
  Ends report = MakePipe(false);
  if (!control || !exits || !report) {
    result->FailAt(Step::prepare, errno);
    return;
  }
  SpawnResult reaper = StartReaper(context, control.theirs.get(), exits.theirs.get(),
                                   report.theirs.get(), request.exec_deadline_ms);
  if (reaper.error != 0) {
    result->FailAt(Step::forker, reaper.error);
    return;
  }
  task->reaper_pid = reaper.pid;
  task->reaper_exit_fd = std::move(reaper.exit_fd);
  task->reaper_is_pidfd = reaper.is_pidfd;
  control.theirs.Reset();
  exits.theirs.Reset();
  report.theirs.Reset();

  SpawnPlan plan = request.plan;
  plan.handlers_cleared = true;  // the reaper has none, and ignores nothing
  plan.has_close_range = (features & kCloseRange) != 0;
  result->started_ns = MonotonicNs();
  int error = SendHello(control.ours.get(), request) ? 0 : EPIPE;
  if (error == 0) {
    error = SendPlan(control.ours.get(), plan, report.ours.get(), cgroup_fd, features, 0);
  }
  report.ours.Reset();
  if (error != 0) {
    GiveUp(task, result, error == EBADF ? Step::stdio : Step::forker, error);
    return;
  }
  ReaperStarted started = {};
  if (!ReceiveStarted(control.ours.get(), request.exec_deadline_ms, &started, task)) {
    GiveUp(task, result, Step::forker, EPIPE);
    return;
  }
  if (started.error != 0) {
    result->FailAt(static_cast<Step>(started.step), started.error, started.detail);
    result->flags = started.flags;
    if ((started.flags & kStuck) == 0) {
      GiveUp(task, result, static_cast<Step>(started.step), started.error);
      result->detail = started.detail;
    } else {
      // The reaper stays until it can reap: it stands for the child that cannot be killed now.
      result->pid = task->reaper_pid;
      result->exit_fd = std::move(task->reaper_exit_fd);
      result->is_pidfd = task->reaper_is_pidfd;
    }
    return;
  }
  result->pid = started.pid;
  result->exit_fd = std::move(exits.ours);
  result->is_pidfd = false;
  task->control = std::move(control.ours);
  if (!task->pidfd) task->pidfd = UniqueFd(static_cast<int>(PidfdOpen(started.pid)));
}

int AskReaper(int control_fd, int32_t verb, int32_t id, int32_t signal, int32_t deadline_ms) {
  const ReaperRequest request = {verb, id, signal, deadline_ms};
  ssize_t sent = 0;
  do {
    sent = send(control_fd, &request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

}  // namespace raw_exec
