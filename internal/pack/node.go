package pack

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

type nodeKind int

const (
	scalarNode nodeKind = iota
	mapNode
	listNode
)

// node is a value of a pack's file or of a compiled pack, before its Go type is known.
type node struct {
	kind nodeKind
	at   Pos
	// text is a scalar as written; typ is str, int, float, bool or null.
	text string
	typ  string
	keys []string
	vals map[string]*node
	kpos map[string]Pos
	list []*node
}

// parseYAML reads one file. What YAML allows and a pack does not (anchors, tags, several documents) is a complaint.
func (l *loader) parseYAML(name string, src []byte) *node {
	file, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at := Pos{File: name, Line: 1, Col: 1}
		say := err.Error()
		var se interface{ GetToken() *token.Token }
		if asSyntax(err, &se) && se.GetToken() != nil {
			p := se.GetToken().Position
			at.Line, at.Col = p.Line, p.Column
		}
		if m, ok := err.(interface{ GetMessage() string }); ok {
			say = m.GetMessage()
		}
		l.broken = true
		l.say(at, "YAML 写法有误，请检查缩进、冒号和引号（%s）", firstLine(say))
		return nil
	}
	if len(file.Docs) > 1 {
		l.say(Pos{name, 1, 1}, "一个文件里只能有一份内容（不要用 --- 分隔）")
		return nil
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return &node{kind: listNode, at: Pos{name, 1, 1}}
	}
	return l.fromAST(name, file.Docs[0].Body)
}

func firstLine(s string) string { s, _, _ = strings.Cut(s, "\n"); return s }

func posOf(name string, n ast.Node) Pos {
	p := n.GetToken().Position
	return Pos{name, p.Line, p.Column}
}

func (l *loader) fromAST(name string, n ast.Node) *node {
	at := posOf(name, n)
	switch x := n.(type) {
	case *ast.MappingNode:
		out := &node{kind: mapNode, at: at, vals: map[string]*node{}, kpos: map[string]Pos{}}
		for _, v := range x.Values {
			l.addPair(name, out, v)
		}
		if len(out.keys) > 0 {
			out.at = out.kpos[out.keys[0]]
		}
		return out
	case *ast.MappingValueNode:
		out := &node{kind: mapNode, at: at, vals: map[string]*node{}, kpos: map[string]Pos{}}
		l.addPair(name, out, x)
		out.at = posOf(name, x.Key)
		return out
	case *ast.SequenceNode:
		out := &node{kind: listNode, at: at}
		for _, v := range x.Values {
			if c := l.fromAST(name, v); c != nil {
				out.list = append(out.list, c)
			}
		}
		return out
	case *ast.StringNode:
		return &node{at: at, text: x.Value, typ: "str"}
	case *ast.LiteralNode:
		return &node{at: at, text: strings.TrimRight(x.Value.Value, "\n"), typ: "str"}
	case *ast.IntegerNode:
		return &node{at: at, text: x.GetToken().Value, typ: "int"}
	case *ast.FloatNode:
		return &node{at: at, text: x.GetToken().Value, typ: "float"}
	case *ast.BoolNode:
		return &node{at: at, text: x.GetToken().Value, typ: "bool"}
	case *ast.NullNode:
		return &node{at: at, typ: "null"}
	case *ast.CommentGroupNode:
		return nil
	}
	l.say(at, "方案包里不用这种 YAML 写法（%s）：直接写出值", n.Type())
	return nil
}

func (l *loader) addPair(name string, out *node, v *ast.MappingValueNode) {
	key := v.Key.GetToken().Value
	at := posOf(name, v.Key)
	if _, ok := v.Key.(*ast.MergeKeyNode); ok {
		l.say(at, "方案包里不用 <<：请把内容写全")
		return
	}
	if _, dup := out.vals[key]; dup {
		l.say(at, "“%s”写了两次：留一个", key)
		return
	}
	c := l.fromAST(name, v.Value)
	if c == nil {
		return
	}
	out.keys = append(out.keys, key)
	out.vals[key] = c
	out.kpos[key] = at
}

// fromJSON makes a node of a value of a compiled pack.
func fromJSON(path string, v any) (*node, error) {
	at := Pos{File: path}
	switch x := v.(type) {
	case map[string]any:
		out := &node{kind: mapNode, at: at, vals: map[string]*node{}, kpos: map[string]Pos{}}
		for k, e := range x {
			c, err := fromJSON(path+"."+k, e)
			if err != nil {
				return nil, err
			}
			out.keys = append(out.keys, k)
			out.vals[k] = c
			out.kpos[k] = c.at
		}
		sort.Strings(out.keys)
		return out, nil
	case []any:
		out := &node{kind: listNode, at: at}
		for i, e := range x {
			c, err := fromJSON(fmt.Sprintf("%s[%d]", path, i), e)
			if err != nil {
				return nil, err
			}
			out.list = append(out.list, c)
		}
		return out, nil
	case string:
		return &node{at: at, text: x, typ: "str"}, nil
	case bool:
		return &node{at: at, text: fmt.Sprint(x), typ: "bool"}, nil
	case json.Number:
		return &node{at: at, text: x.String(), typ: "int"}, nil
	}
	return nil, fmt.Errorf("%s: %T in a compiled pack", path, v)
}

func asSyntax(err error, target *interface{ GetToken() *token.Token }) bool {
	return errors.As(err, target)
}
