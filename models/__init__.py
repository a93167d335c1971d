"""Language models: endpoints, the embedded server, the client, the weights.

Every model call goes through `models.client.client.ModelClient`, whatever serves the model. This
package does not depend on code, repositories or agents.
"""
