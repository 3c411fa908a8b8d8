"""A model that takes its time and gives back what it was given."""

import time

import triton_python_backend_utils as utils

# Two instances with batches of two: about 300 requests/s.
BATCH_S = 0.005
REQUEST_S = 0.004


class TritonPythonModel:
    def execute(self, requests):
        time.sleep(BATCH_S + REQUEST_S * len(requests))
        return [self.answer(request) for request in requests]

    def answer(self, request):
        given = utils.get_input_tensor_by_name(request, "INPUT").as_numpy()
        return utils.InferenceResponse([utils.Tensor("OUTPUT", given)])
