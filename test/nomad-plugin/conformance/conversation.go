package main

import (
	"bytes"
	"context"
	"io"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// One stream of ExecTaskStreaming: what a user types into `nomad alloc exec`, and what comes back.
type conversation struct {
	stream wire.Driver_ExecTaskStreamingClient
	// Of what is received: which outputs were closed, and what was in them.
	stdout, stderr             bytes.Buffer
	stdoutClosed, stderrClosed bool
}

func (p *instance) converse(ctx context.Context, setup *wire.ExecTaskStreamingRequest_Setup) *conversation {
	stream, err := p.driver.ExecTaskStreaming(ctx)
	must("ExecTaskStreaming", err)
	c := &conversation{stream: stream}
	c.send(&wire.ExecTaskStreamingRequest{Setup: setup})
	return c
}

func (c *conversation) send(request *wire.ExecTaskStreamingRequest) {
	must("send to a command", c.stream.Send(request))
}

func (c *conversation) write(text string) {
	c.send(&wire.ExecTaskStreamingRequest{Stdin: &wire.ExecTaskStreamingIOOperation{Data: []byte(text)}})
}

func (c *conversation) closeInput() {
	c.send(&wire.ExecTaskStreamingRequest{Stdin: &wire.ExecTaskStreamingIOOperation{Close: true}})
}

// A sign of life, as a client sends one every few seconds.
func (c *conversation) beat() {
	c.send(&wire.ExecTaskStreamingRequest{})
}

func (c *conversation) resize(rows, columns int32) {
	c.send(&wire.ExecTaskStreamingRequest{
		TtySize: &wire.ExecTaskStreamingRequest_TerminalSize{Height: rows, Width: columns},
	})
}

// @returns the message when it is the last
func (c *conversation) receive() (*wire.ExecTaskStreamingResponse, error) {
	message, err := c.stream.Recv()
	if err != nil {
		return nil, err
	}
	c.stdout.Write(message.GetStdout().GetData())
	c.stderr.Write(message.GetStderr().GetData())
	c.stdoutClosed = c.stdoutClosed || message.GetStdout().GetClose()
	c.stderrClosed = c.stderrClosed || message.GetStderr().GetClose()
	if message.Exited {
		return message, nil
	}
	return nil, nil
}

func (c *conversation) until(text string) {
	for !bytes.Contains(c.stdout.Bytes(), []byte(text)) {
		last, err := c.receive()
		must("receive until the command has written "+text, err)
		want(last == nil, "the command to write %q before its end, got %q", text, c.stdout.String())
	}
}

// Up to the end of the stream, which follows the message that tells how the command has ended.
func (c *conversation) finish() *wire.ExitResult {
	for {
		last, err := c.receive()
		if err != nil {
			fail("receive the end of a command: %v; it has written %q and %q", err, &c.stdout, &c.stderr)
		}
		if last == nil {
			continue
		}
		_, err = c.stream.Recv()
		want(err == io.EOF, "the stream to end after its last message, got %v", err)
		want(last.Result != nil, "the last message to have a result, got %v", last)
		return last.Result
	}
}
