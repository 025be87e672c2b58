package main

import (
	"context"
	"os"
	"os/exec"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

const protocolVersion = 2

// Nomad's: by it a plugin tells that it was started by one.
var handshake = plugin.HandshakeConfig{
	ProtocolVersion:  protocolVersion,
	MagicCookieKey:   "NOMAD_PLUGIN_MAGIC_COOKIE",
	MagicCookieValue: "e4327c2e01eabfd75a8a67adb114fb34a757d57eee7728d857a8cec6e91a7255",
}

// One process of the plugin, and the connection to it.
type instance struct {
	scene  *scene
	client *plugin.Client
	// Absent when someone else has started it.
	command *exec.Cmd
	base    wire.BasePluginClient
	driver  wire.DriverClient
	// HCL of its `config` block, for a later one that is to be like it.
	config     string
	taskSchema spec
}

type startOption func(*plugin.ClientConfig)

func withAutoMTLS(config *plugin.ClientConfig) { config.AutoMTLS = true }

// Of the plugin's environment only what go-plugin itself adds.
func withEmptyEnvironment(config *plugin.ClientConfig) { config.Cmd.Env = nil }

// Started, and nothing asked yet.
func (s *scene) startPlugin(options ...startOption) *instance {
	command := exec.Command(s.command[0], s.command[1:]...)
	// One that is killed leaves its socket behind.
	command.Env = append(os.Environ(), "TMPDIR="+s.folder)
	config := s.clientConfig()
	config.Cmd = command
	// go-plugin would have the host's own win.
	config.SkipHostEnv = true
	for _, option := range options {
		option(config)
	}
	return s.connect(config, command)
}

// To a process that another agent has started.
func (s *scene) reattach(to *plugin.ReattachConfig) *instance {
	config := s.clientConfig()
	config.Reattach = to
	// There is no handshake by which a version would be found.
	config.Plugins = config.VersionedPlugins[protocolVersion]
	return s.connect(config, nil)
}

func (s *scene) clientConfig() *plugin.ClientConfig {
	return &plugin.ClientConfig{
		HandshakeConfig: handshake,
		VersionedPlugins: map[int]plugin.PluginSet{protocolVersion: {
			"base":   &stub{make: func(conn *grpc.ClientConn) any { return wire.NewBasePluginClient(conn) }},
			"driver": &stub{make: func(conn *grpc.ClientConn) any { return wire.NewDriverClient(conn) }},
		}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		StartTimeout:     30 * time.Second,
		Logger:           hclog.New(&hclog.LoggerOptions{Name: "host", Level: hclog.Debug, Output: &s.log}),
	}
}

func (s *scene) connect(config *plugin.ClientConfig, command *exec.Cmd) *instance {
	p := &instance{scene: s, client: plugin.NewClient(config), command: command}
	s.instances = append(s.instances, p)
	connection, err := p.client.Client()
	must("connect to the plugin", err)
	base, err := connection.Dispense("base")
	must("have the services of any plugin", err)
	driver, err := connection.Dispense("driver")
	must("have the services of a driver", err)
	p.base = base.(wire.BasePluginClient)
	p.driver = driver.(wire.DriverClient)
	return p
}

func (p *instance) pid() int {
	return p.command.Process.Pid
}

// Gives it the configuration as a Nomad client does after its start.
func (p *instance) configure(hclText string) {
	ctx := p.scene.context
	must("SetConfig", p.setConfig(p.encode(hclText)))
	_, err := p.driver.Init(ctx, &wire.InitRequest{})
	must("Init", err)
	tasks, err := p.driver.TaskConfigSchema(ctx, &wire.TaskConfigSchemaRequest{})
	must("TaskConfigSchema", err)
	p.taskSchema = specOf(tasks.Spec)
	p.config = hclText
}

// The plugin's own `config` block.
func (p *instance) encode(hclText string) []byte {
	schema, err := p.base.ConfigSchema(p.scene.context, &wire.ConfigSchemaRequest{})
	must("ConfigSchema", err)
	return encodeBlock(specOf(schema.Spec), hclText)
}

func (p *instance) setConfig(block []byte) error {
	_, err := p.base.SetConfig(p.scene.context, &wire.SetConfigRequest{
		MsgpackConfig:    block,
		PluginApiVersion: "v0.1.0",
		NomadConfig: &wire.NomadConfig{
			Driver: &wire.NomadDriverConfig{ClientMinPort: 14_000, ClientMaxPort: 14_512},
		},
	})
	return err
}

// A plugin that serves, with tasks allowed; `more` are further lines of its `config` block.
func (s *scene) servingPlugin(more string, options ...startOption) *instance {
	p := s.startPlugin(options...)
	p.configure("enabled = true\nstate_dir = " + quoted(s.stateDir()) + "\n" + more)
	return p
}

// As the kernel would: no word to anybody.
func (p *instance) killHard() {
	must("kill the plugin", p.command.Process.Kill())
	eventually("go-plugin sees the end of the plugin", p.client.Exited)
	// It has a connection to close, too.
	p.client.Kill()
	p.forget()
}

func (p *instance) forget() {
	s := p.scene
	for at, one := range s.instances {
		if one == p {
			s.instances = append(s.instances[:at], s.instances[at+1:]...)
			return
		}
	}
}

// A plugin of go-plugin whose client is a generated one.
type stub struct {
	plugin.NetRPCUnsupportedPlugin
	make func(*grpc.ClientConn) any
}

func (*stub) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error { return nil }

func (p *stub) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return p.make(conn), nil
}

func copyOf[Message proto.Message](message Message) Message {
	return proto.Clone(message).(Message)
}
