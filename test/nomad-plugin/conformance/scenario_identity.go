package main

import (
	"slices"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

// What a Nomad client asks before it has any task for the driver.
func whoItIs(s *scene) {
	p := s.startPlugin()
	info, err := p.base.PluginInfo(s.context, &wire.PluginInfoRequest{})
	must("PluginInfo", err)
	wantEqual("the type", info.Type, wire.PluginType_DRIVER)
	want(slices.Contains(info.PluginApiVersions, "v0.1.0"), "API v0.1.0, got %v", info.PluginApiVersions)

	disabled := s.startPlugin()
	disabled.configure("state_dir = " + quoted(s.stateDir()))
	first := disabled.fingerprint()
	wantEqual("the health of a driver that nobody has enabled", first.Health, wire.FingerprintResponse_UNDETECTED)
	wantEqual("its description", first.HealthDescription, "disabled")

	p.configure("enabled = true\nstate_dir = " + quoted(s.stateDir()))
	second := p.fingerprint()
	wantEqual("the health once enabled", second.Health, wire.FingerprintResponse_HEALTHY)
	want(second.Attributes["driver.raw_exec"].GetBoolVal(), "attribute driver.raw_exec to be true, got %v", second.Attributes)
	say("fingerprint: %v", second)

	answer, err := p.driver.Capabilities(s.context, &wire.CapabilitiesRequest{})
	must("Capabilities", err)
	can := answer.Capabilities
	want(can.SendSignals && can.Exec, "signals and exec to be offered, got %v", can)
	wantEqual("the isolation of files", can.FsIsolation, wire.DriverCapabilities_NONE)
	wantEqual("mounts", can.MountConfigs, wire.DriverCapabilities_NO_MOUNTS)
	want(!can.MustCreateNetwork, "no network to be made by the driver, got %v", can)
	want(!can.DisableLogCollection, "logs to be collected by the client, got %v", can)
	_, err = p.driver.CreateNetwork(s.context, &wire.CreateNetworkRequest{AllocId: "a"})
	want(err != nil, "CreateNetwork to fail")
}

// The first message of the stream, which comes at once.
func (p *instance) fingerprint() *wire.FingerprintResponse {
	stream, err := p.driver.Fingerprint(p.scene.context, &wire.FingerprintRequest{})
	must("Fingerprint", err)
	message, err := stream.Recv()
	must("the first fingerprint", err)
	wantEqual("the error of the fingerprint", message.Err, "")
	return message
}
