(function_item name: (identifier) @name) @definition.function
(function_signature_item name: (identifier) @name) @definition.function
(struct_item name: (type_identifier) @name) @definition.struct
(union_item name: (type_identifier) @name) @definition.struct
(enum_item name: (type_identifier) @name) @definition.enum
(trait_item name: (type_identifier) @name) @definition.trait
(mod_item name: (identifier) @name) @definition.module
(type_item name: (type_identifier) @name) @definition.type
(const_item name: (identifier) @name) @definition.constant
(static_item name: (identifier) @name) @definition.constant
(macro_definition name: (identifier) @name) @definition.function
(impl_item type: [
  (type_identifier) @name
  (generic_type type: (type_identifier) @name)
  (scoped_type_identifier name: (type_identifier) @name)]) @extension

(line_comment) @lead
(block_comment) @lead
(attribute_item) @lead.attribute

(call_expression function: [
  (identifier) @reference.call
  (scoped_identifier name: (identifier) @reference.call)
  (field_expression field: (field_identifier) @reference.call)
  (generic_function function: [
    (identifier) @reference.call
    (scoped_identifier name: (identifier) @reference.call)
    (field_expression field: (field_identifier) @reference.call)])])
(macro_invocation macro: (identifier) @reference.call)
(use_declaration argument: [
  (identifier) @reference.import
  (scoped_identifier name: (identifier) @reference.import)])
(use_list [
  (identifier) @reference.import
  (scoped_identifier name: (identifier) @reference.import)])
(use_as_clause path: [
  (identifier) @reference.import
  (scoped_identifier name: (identifier) @reference.import)])
(scoped_use_list path: (_) @reference.import)
(use_wildcard (scoped_identifier) @reference.import)
(impl_item trait: [
  (type_identifier) @reference.inherit
  (generic_type type: (type_identifier) @reference.inherit)
  (scoped_type_identifier name: (type_identifier) @reference.inherit)])
(trait_item bounds: (trait_bounds (type_identifier) @reference.inherit))
(type_identifier) @reference.type
