package main

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty/msgpack"
)

// A `config` block as a Nomad client hands it to a plugin: all keys of the schema, in the encoding of the decoder's values.
func encodeBlock(schema spec, text string) []byte {
	file, problems := hclsyntax.ParseConfig([]byte(text), "config.hcl", hcl.InitialPos)
	mustDecode("read the block", problems)
	value, problems := hcldec.Decode(file.Body, schema, nil)
	mustDecode("decode the block by the plugin's schema", problems)
	encoded, err := msgpack.Marshal(value, value.Type())
	must("encode the block", err)
	return encoded
}

// Text in HCL, where `${` and `%{` would begin something.
func quoted(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(text))
}

// The `config` block of a task that is a line of shell.
func shell(line string) string {
	return `command = "/bin/sh"` + "\nargs = [\"-c\", " + quoted(line) + "]\n"
}
