(function_definition declarator: [
  (function_declarator declarator: [
    (field_identifier) (destructor_name) (operator_name)] @name)
  (pointer_declarator declarator: (function_declarator declarator: [
    (field_identifier) (operator_name)] @name))
  (reference_declarator (function_declarator declarator: [
    (identifier) (field_identifier) (operator_name)] @name))]) @definition.function
(function_definition declarator: [
  (function_declarator declarator: (qualified_identifier) @name)
  (pointer_declarator declarator: (function_declarator declarator: (qualified_identifier) @name))
  (reference_declarator (function_declarator declarator: (qualified_identifier) @name))])
  @definition.method
(function_definition declarator: [
  (function_declarator declarator: (template_function name: (identifier) @name))
  (pointer_declarator declarator: (function_declarator
    declarator: (template_function name: (identifier) @name)))]) @definition.function
(function_definition declarator: (operator_cast) @name.head) @definition.function
(function_definition declarator: (qualified_identifier name: (operator_cast)) @name.head)
  @definition.method
(class_specifier name: [
  (type_identifier) @name
  (qualified_identifier) @name
  (template_type name: (type_identifier) @name)] body: (_)) @definition.class
(struct_specifier name: (template_type name: (type_identifier) @name) body: (_)) @definition.struct
(namespace_definition name: (_) @name) @definition.module
(alias_declaration name: (type_identifier) @name) @definition.type
(concept_definition name: (identifier) @name) @definition.type
(namespace_definition body: (declaration_list (declaration
  declarator: (init_declarator declarator: (identifier) @name)) @definition.constant))
(template_declaration [
  (class_specifier) (struct_specifier) (function_definition) (alias_declaration)
  (concept_definition)] @inner) @outer

(call_expression function: [
  (qualified_identifier name: (identifier) @reference.call)
  (qualified_identifier name: (qualified_identifier name: (identifier) @reference.call))
  (qualified_identifier name: (template_function name: (identifier) @reference.call))
  (template_function name: (identifier) @reference.call)
  (field_expression field: (template_method name: (field_identifier) @reference.call))])
(new_expression type: (type_identifier) @reference.call)
(base_class_clause [
  (type_identifier) @reference.inherit
  (template_type name: (type_identifier) @reference.inherit)
  (qualified_identifier name: (type_identifier) @reference.inherit)])
