package main

import "raw-exec/test/nomad-plugin/conformance/wire"

func plainHandshake(s *scene) {
	answersItsHost(s.startPlugin())
}

// go-plugin's AutoMTLS: each side trusts one certificate alone.
func handshakeWithCertificates(s *scene) {
	answersItsHost(s.startPlugin(withAutoMTLS))
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
