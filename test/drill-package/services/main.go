// A service as net/http's documentation has it: Shutdown at SIGTERM.
package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello\n") })
	server := &http.Server{Handler: handler}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port())
	if err != nil {
		panic(err)
	}
	go server.Serve(listener)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	server.Shutdown(context.Background())
}

func port() string {
	if told := os.Getenv("PORT"); told != "" {
		return told
	}
	return "0"
}
