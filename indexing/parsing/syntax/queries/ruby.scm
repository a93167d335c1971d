(module name: (_) @name) @definition.module
(class name: (_) @name) @definition.class
(method name: (_) @name) @definition.function
(singleton_method name: (_) @name) @definition.function
(assignment left: (constant) @name) @definition.constant

(comment) @lead

(call method: (identifier) @reference.call)
(superclass [
  (constant) @reference.inherit
  (scope_resolution name: (constant) @reference.inherit)])
(call
  method: (identifier) @_mix
  arguments: (argument_list [
    (constant) @reference.inherit
    (scope_resolution name: (constant) @reference.inherit)])
  (#any-of? @_mix "include" "extend" "prepend"))
(call
  method: (identifier) @_require
  arguments: (argument_list (string (string_content) @reference.import))
  (#any-of? @_require "require" "require_relative" "load"))
