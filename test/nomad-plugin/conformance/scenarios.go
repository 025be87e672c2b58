package main

type scenario struct {
	name string
	run  func(*scene)
}

var scenarios = []scenario{
	{"handshake", plainHandshake},
	{"handshake-with-certificates", handshakeWithCertificates},
	{"socket-in-folder", socketInFolder},
	{"without-host", withoutHost},
	{"who-it-is", whoItIs},
	{"disabled", disabledDriver},
	{"unreadable-config", unreadableConfig},
	{"unusable-config", unusableConfig},
	{"life", wholeLife},
	{"second-start", secondStart},
	{"failed-starts", failedStarts},
	{"late-reader", lateReader},
	{"many-tasks", manyTasks},
	{"large-environment", largeEnvironment},
	{"task-environment", taskEnvironment},
	{"empty-environment", emptyEnvironment},
	{"signals", signals},
	{"stops", stops},
	{"waiters", waiters},
	{"statistics", statistics},
	{"events", events},
	{"slow-readers", slowReaders},
	{"exec", execs},
	{"exec-limit", execLimit},
	{"exec-pipes", execPipes},
	{"exec-terminal", execTerminal},
	{"exec-stream-refusals", execStreamRefusals},
	{"exec-cancelled", execCancelled},
	{"keeper-logs", keeperLogs},
	{"recovery", recovery},
	{"foreign-state", foreignState},
	{"state-of-later-version", stateOfLaterVersion},
	{"throw-away-instances", throwAwayInstances},
	{"reattachment", reattachment},
	{"keyboard", keyboard},
	{"graceful-end", gracefulEnd},
}
