package main

import "time"

// What a call that runs beside has come to.
type outcome[Value any] struct {
	value Value
	err   error
	at    time.Time
}

func later[Value any](call func() (Value, error)) <-chan outcome[Value] {
	done := make(chan outcome[Value], 1)
	go func() {
		value, err := call()
		done <- outcome[Value]{value, err, time.Now()}
	}()
	return done
}

// Its outcome; a failure when there is none.
func soon[Value any](what string, done <-chan outcome[Value]) outcome[Value] {
	select {
	case found := <-done:
		return found
	case <-time.After(patience):
		fail("it took longer than %s that %s", patience, what)
		panic("not reached")
	}
}

// Nothing has happened yet, nor does it within that time.
func stillOpen[Value any](what string, limit time.Duration, done <-chan outcome[Value]) {
	select {
	case found := <-done:
		fail("expected %s to be under way still, it has ended with %v, %v", what, found.value, found.err)
	case <-time.After(limit):
	}
}
