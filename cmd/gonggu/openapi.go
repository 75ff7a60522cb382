package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"

	"gonggu/internal/webapi"
)

// openapiCommand prints the API's document, from which the desk's types are made; for `make gen`.
type openapiCommand struct{}

func (c *openapiCommand) Run() error {
	_, doc := (&webapi.API{Log: slog.New(slog.NewTextHandler(io.Discard, nil))}).Handler()
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(doc.OpenAPI())
}
