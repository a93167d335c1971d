(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(annotation_type_declaration name: (identifier) @name) @definition.interface
(enum_declaration name: (identifier) @name) @definition.enum
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(compact_constructor_declaration name: (identifier) @name) @definition.method
(field_declaration
  (modifiers "static" "final")
  declarator: (variable_declarator name: (identifier) @name)) @definition.constant

(line_comment) @lead
(block_comment) @lead
(marker_annotation) @lead.attribute
(annotation) @lead.attribute

(method_invocation name: (identifier) @reference.call)
(object_creation_expression type: [
  (type_identifier) @reference.call
  (generic_type (type_identifier) @reference.call)
  (scoped_type_identifier (type_identifier) @reference.call .)])
(marker_annotation name: (identifier) @reference.type)
(annotation name: (identifier) @reference.type)
(import_declaration (scoped_identifier name: (identifier) @reference.import))
(superclass [
  (type_identifier) @reference.inherit
  (generic_type (type_identifier) @reference.inherit)])
(super_interfaces (type_list [
  (type_identifier) @reference.inherit
  (generic_type (type_identifier) @reference.inherit)]))
(extends_interfaces (type_list [
  (type_identifier) @reference.inherit
  (generic_type (type_identifier) @reference.inherit)]))
(type_identifier) @reference.type

[(local_variable_declaration) (field_declaration) (formal_parameter) (spread_parameter)] @bind
[(enhanced_for_statement) (resource) (catch_formal_parameter) (instanceof_expression)] @bind
[(lambda_expression) (inferred_parameters) (import_declaration) (package_declaration)] @bind
[(superclass) (super_interfaces) (extends_interfaces)] @bind
