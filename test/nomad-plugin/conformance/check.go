package main

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What a check has found; the end of its scenario.
type failure struct{ text string }

func fail(format string, values ...any) {
	panic(failure{fmt.Sprintf(format, values...)})
}

func must(attempt string, err error) {
	if err != nil {
		fail("%s: %v", attempt, err)
	}
}

func want(is bool, format string, values ...any) {
	if !is {
		fail("expected "+format, values...)
	}
}

func wantEqual[Value comparable](what string, got, expected Value) {
	want(got == expected, "%s to be %#v, got %#v", what, expected, got)
}

func wantText(what, got, part string) {
	want(strings.Contains(got, part), "%s to have %q in it, got %q", what, part, got)
}

// An error with that code, and with that in its text.
func wantError(what string, err error, code codes.Code, part string) {
	want(err != nil, "%s to fail with %s", what, code)
	got := status.Convert(err)
	want(got.Code() == code, "%s to fail with %s, got %s: %s", what, code, got.Code(), got.Message())
	wantText("the error of "+what, got.Message(), part)
}

// An error of whatever code but those on which a Nomad client waits for seconds, and those which say that something is broken.
func wantRefusal(what string, err error, part string) {
	want(err != nil, "%s to fail", what)
	got := status.Convert(err)
	switch got.Code() {
	case codes.Unavailable, codes.Canceled, codes.Internal, codes.Unimplemented:
		fail("expected %s to fail as a refused call does, got %s: %s", what, got.Code(), got.Message())
	}
	wantText("the error of "+what, got.Message(), part)
}

// It only decides how long a failure takes.
const patience = 20 * time.Second

func eventually(what string, is func() bool) {
	for end := time.Now().Add(patience); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			fail("it did not happen that %s", what)
		}
	}
}

func say(format string, values ...any) {
	fmt.Printf(format+"\n", values...)
}
