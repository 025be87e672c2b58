package main

import (
	"context"
	"crypto/tls"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

func plainHandshake(s *scene) {
	answersItsHost(s.startPlugin())
}

// go-plugin's AutoMTLS: each side trusts one certificate alone.
func handshakeWithCertificates(s *scene) {
	answersItsHost(s.startPlugin(withAutoMTLS))
}

// Where there are certificates, one without is turned away; and the socket is nobody else's to open in any case.
func onlyItsHost(s *scene) {
	p := s.startPlugin(withAutoMTLS)
	address := p.client.ReattachConfig().Addr.String()
	file, err := os.Stat(address)
	must("look at the socket", err)
	wantEqual("the rights to the socket", file.Mode().Perm(), 0o600)
	strange := &tls.Config{InsecureSkipVerify: true}
	for what, credentials := range map[string]credentials.TransportCredentials{
		"one without TLS":           insecure.NewCredentials(),
		"one without a certificate": credentials.NewTLS(strange),
	} {
		connection, err := grpc.NewClient("unix:"+address, grpc.WithTransportCredentials(credentials))
		must("make a client", err)
		ctx, cancel := context.WithTimeout(s.context, 3*time.Second)
		_, err = wire.NewBasePluginClient(connection).PluginInfo(ctx, &wire.PluginInfoRequest{})
		cancel()
		_ = connection.Close()
		want(err != nil, "%s to be turned away", what)
		say("%s: %v", what, err)
	}
	answersItsHost(p)
}

func answersItsHost(p *instance) {
	wantEqual("the version of the protocol", p.client.NegotiatedVersion(), protocolVersion)
	connection, err := p.client.Client()
	must("have the connection", err)
	must("ping the plugin", connection.Ping())
	info, err := p.base.PluginInfo(p.scene.context, &wire.PluginInfoRequest{})
	must("PluginInfo", err)
	wantEqual("the plugin's name", info.Name, "raw_exec")
	say("the plugin of process %d answers", p.pid())
}
