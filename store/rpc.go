package store

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/url"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// rpcError says of an error of gRPC whether it may pass.
func rpcError(ctx context.Context, table string, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.Aborted, codes.ResourceExhausted:
		return fmt.Errorf("table %s: %w: %w", table, ErrUnavailable, err)
	}
	return fmt.Errorf("table %s: %w", table, err)
}

// transport is TLS where a URL has tls=true, else none.
func transport(address *url.URL) credentials.TransportCredentials {
	if address.Query().Get("tls") == "true" {
		return credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	return insecure.NewCredentials()
}
