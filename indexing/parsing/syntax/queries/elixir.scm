((call target: (identifier) @_module (arguments . (alias) @name) (do_block)) @definition.module
  (#any-of? @_module "defmodule" "defimpl"))
((call target: (identifier) @_protocol (arguments . (alias) @name) (do_block))
  @definition.interface (#eq? @_protocol "defprotocol"))
((call target: (identifier) @_define (arguments . [
    (identifier) @name
    (call target: (identifier) @name)
    (binary_operator left: (call target: (identifier) @name) operator: "when")])) @definition.function
  (#any-of? @_define
    "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defdelegate")
  (#set! clauses))

(unary_operator operand: (call
  target: (identifier) @_moduledoc
  (arguments (string (quoted_content) @doc)))
  (#eq? @_moduledoc "moduledoc"))
(comment) @lead
((unary_operator operand: (call target: (identifier) @_doc)) @lead
  (#any-of? @_doc "doc" "typedoc"))
((unary_operator operand: (call target: (identifier) @_spec)) @lead.attribute
  (#any-of? @_spec "spec" "impl" "deprecated"))

((call target: (identifier) @reference.call)
  (#not-match? @reference.call
    "^(def|defp|defmodule|defmacro|defmacrop|defimpl|defprotocol|defstruct|alias|import|use|require|doc|moduledoc|spec|typedoc|impl)$"))
(call target: (dot right: (identifier) @reference.call))
((call target: (identifier) @_import (arguments . (alias) @reference.import))
  (#any-of? @_import "alias" "import" "use" "require"))
