(class_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.interface
(trait_declaration name: (name) @name) @definition.trait
(enum_declaration name: (name) @name) @definition.enum
(method_declaration name: (name) @name) @definition.method
(function_definition name: (name) @name) @definition.function
((namespace_definition name: (namespace_name) @name) @definition.module (#set! flat))
(const_declaration (const_element (name) @name)) @definition.constant
(function_call_expression
  function: (name) @_define
  arguments: (arguments . (argument (string (string_content) @name)))
  (#eq? @_define "define")) @definition.constant

(comment) @lead
(attribute_list) @lead.attribute

(function_call_expression function: [
  (name) @reference.call
  (qualified_name (name) @reference.call)])
(member_call_expression name: (name) @reference.call)
(nullsafe_member_call_expression name: (name) @reference.call)
(scoped_call_expression name: (name) @reference.call)
(object_creation_expression [
  (name) @reference.call
  (qualified_name (name) @reference.call)])
(attribute (name) @reference.type)
(namespace_use_clause [
  (name) @reference.import
  (qualified_name (name) @reference.import)])
(include_expression (string (string_content) @reference.import))
(require_expression (string (string_content) @reference.import))
(require_once_expression (string (string_content) @reference.import))
(base_clause [
  (name) @reference.inherit
  (qualified_name (name) @reference.inherit)])
(class_interface_clause [
  (name) @reference.inherit
  (qualified_name (name) @reference.inherit)])
(use_declaration [
  (name) @reference.inherit
  (qualified_name (name) @reference.inherit)])
(named_type [
  (name) @reference.type
  (qualified_name (name) @reference.type)])
