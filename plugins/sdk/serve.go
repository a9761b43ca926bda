package sdk

import (
	"context"
	"errors"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/leat-dev/leat/plugins/protocol"
)

// Serve runs a plugin's process: call it from main and do nothing else. It
// returns when the host is done. The process exits at once when the host dies.
func Serve(p Plugin) {
	holdInherited()
	server := NewServer(p, nil)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: protocol.Handshake,
		Plugins:         plugin.PluginSet{protocol.PluginName: &service{server: server}},
		Logger:          hclog.New(&hclog.LoggerOptions{Level: hclog.Warn, Output: os.Stderr, JSONFormat: true}),
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, ServerOptions()...)...)
		},
	})
}

// ServerOptions returns the gRPC options a plugin's server needs: go-plugin's
// own server would refuse messages above 4 MiB.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(protocol.MaxMessageBytes),
		grpc.MaxSendMsgSize(protocol.MaxMessageBytes),
	}
}

// service registers the server with go-plugin.
type service struct {
	plugin.NetRPCUnsupportedPlugin
	server *Server
}

// GRPCServer implements plugin.GRPCPlugin.
func (s *service) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	protocol.RegisterDestinationServer(g, s.server)
	return nil
}

// GRPCClient implements plugin.GRPCPlugin; the host has its own.
func (*service) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("the sdk has no client")
}
