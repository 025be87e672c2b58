package main

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hcldec"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"raw-exec/test/nomad-plugin/conformance/wire"
)

type spec = hcldec.Spec

// The plugin's own tree of keys, as HCL's decoder takes it.
func specOf(tree *wire.Spec) spec {
	switch block := tree.GetBlock().(type) {
	case *wire.Spec_Object:
		object := hcldec.ObjectSpec{}
		for name, one := range block.Object.Attributes {
			object[name] = specOf(one)
		}
		return object
	case *wire.Spec_Array:
		tuple := hcldec.TupleSpec{}
		for _, one := range block.Array.Values {
			tuple = append(tuple, specOf(one))
		}
		return tuple
	case *wire.Spec_Attr:
		return &hcldec.AttrSpec{
			Name:     block.Attr.Name,
			Type:     typeOf(block.Attr.Type),
			Required: block.Attr.Required,
		}
	case *wire.Spec_BlockValue:
		return &hcldec.BlockSpec{
			TypeName: block.BlockValue.Name,
			Required: block.BlockValue.Required,
			Nested:   specOf(block.BlockValue.Nested),
		}
	case *wire.Spec_BlockList:
		return &hcldec.BlockListSpec{
			TypeName: block.BlockList.Name,
			MinItems: int(block.BlockList.MinItems),
			MaxItems: int(block.BlockList.MaxItems),
			Nested:   specOf(block.BlockList.Nested),
		}
	case *wire.Spec_Default:
		return &hcldec.DefaultSpec{
			Primary: specOf(block.Default.Primary),
			Default: specOf(block.Default.Default),
		}
	case *wire.Spec_Literal:
		return &hcldec.LiteralSpec{Value: literalOf(block.Literal.Value)}
	default:
		fail("expected a schema of keys that are known, got %v", tree)
		return nil
	}
}

func typeOf(text string) cty.Type {
	expression, problems := hclsyntax.ParseExpression([]byte(text), "type", hcl.InitialPos)
	mustDecode("read the type "+text, problems)
	constraint, problems := typeexpr.TypeConstraint(expression)
	mustDecode("understand the type "+text, problems)
	return constraint
}

func literalOf(text string) cty.Value {
	expression, problems := hclsyntax.ParseExpression([]byte(text), "literal", hcl.InitialPos)
	mustDecode("read the literal "+text, problems)
	value, problems := expression.Value(nil)
	mustDecode("evaluate the literal "+text, problems)
	return value
}

func mustDecode(attempt string, problems hcl.Diagnostics) {
	if problems.HasErrors() {
		must(attempt, problems)
	}
}
